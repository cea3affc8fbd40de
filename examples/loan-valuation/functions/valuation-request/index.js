'use strict';
// Ours: asks the partner for a valuation, and keeps the task token under the partner's reference.
const DynamoDB = require('aws-sdk/clients/dynamodb');
const axios = require('axios');

const { SERVICE_URL, CALLBACK_URL, TASK_TOKEN_TABLE_NAME } = process.env;
const tokens = new DynamoDB.DocumentClient();

exports.handler = async ({ taskToken, loanApplication }) => {
  const { data } = await axios.post(SERVICE_URL, { property: loanApplication.property, callbackUrl: CALLBACK_URL });
  console.log('asked for', data.valuationReference);
  await tokens.put({ TableName: TASK_TOKEN_TABLE_NAME, Item: { keyReference: data.valuationReference, taskToken } }).promise();
};
