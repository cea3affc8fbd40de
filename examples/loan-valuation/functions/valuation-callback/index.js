'use strict';
// Ours: the partner's webhook. Looks up the token that belongs to the partner's reference, and wakes the workflow.
const DynamoDB = require('aws-sdk/clients/dynamodb');
const StepFunctions = require('aws-sdk/clients/stepfunctions');

const tokens = new DynamoDB.DocumentClient();
const states = new StepFunctions();

const answer = (statusCode, message) => ({ statusCode, body: JSON.stringify({ message }) });

exports.handler = async (event) => {
  const response = JSON.parse(event.body);
  const { Item: item } = await tokens
    .get({ TableName: process.env.TASK_TOKEN_TABLE_NAME, Key: { keyReference: response.valuationReference } })
    .promise();
  if (!item) {
    // The partner may be quicker than the function that stores the token; it must try again.
    console.log('nobody waits for', response.valuationReference);
    return answer(404, 'unknown valuationReference');
  }
  try {
    if (response.error) {
      await states.sendTaskFailure({ taskToken: item.taskToken, error: 'ValuationError', cause: response.error }).promise();
    } else {
      await states.sendTaskSuccess({ taskToken: item.taskToken, output: JSON.stringify(response) }).promise();
    }
  } catch (error) {
    if (error.code !== 'TaskTimedOut') throw error;
    return answer(410, 'nobody waits for this any more');
  }
  return answer(200, 'thank you');
};
