'use strict';
// Ours: asks the partner for a valuation. What it returns holds the partner's reference, the key of the wait.
const axios = require('axios');

exports.handler = async ({ property }) => {
  const { data } = await axios.post(process.env.SERVICE_URL, { property, callbackUrl: process.env.CALLBACK_URL });
  return data;
};
