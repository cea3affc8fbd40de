'use strict';
// The partner's: takes a request and gives it a reference; the valuation itself is a workflow, so that it takes time.
// The house "at once" is valued before the request has been answered, "unavailable" never.
const StepFunctions = require('aws-sdk/clients/stepfunctions');
const axios = require('axios');
const { randomUUID } = require('crypto');

const states = new StepFunctions();

exports.handler = async (event) => {
  const { property, callbackUrl } = JSON.parse(event.body);
  if (property.nameOrNumber === 'unavailable') throw new Error('the valuation service is down');
  const valuation = { valuationReference: randomUUID(), property, callbackUrl };
  if (property.nameOrNumber === 'at once') {
    await axios.post(callbackUrl, { valuationReference: valuation.valuationReference, propertyValue: 250000 })
      .catch((error) => console.log('told too early:', error.response.status));
  }
  await states.startExecution({
    stateMachineArn: process.env.STATE_MACHINE_ARN,
    name: valuation.valuationReference,
    input: JSON.stringify(valuation),
  }).promise();
  return { valuationReference: valuation.valuationReference };
};
