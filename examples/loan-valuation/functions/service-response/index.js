'use strict';
// The partner's: tells the result to the webhook. Some houses show what a partner can get wrong.
const axios = require('axios');

exports.handler = async ({ valuationReference, property, callbackUrl }) => {
  const value = (reference) => axios.post(callbackUrl, { valuationReference: reference, propertyValue: 250000 });
  switch (property.nameOrNumber) {
    case 'never':
      return;
    case 'twice':
      await value(valuationReference);
      await value(valuationReference).catch((error) => console.log('told twice:', error.response.status));
      return;
    case 'mistaken':
      await value('somebody else').catch((error) => console.log('told the wrong one:', error.response.status));
      return;
    case 'ruin':
      await axios.post(callbackUrl, { valuationReference, error: 'the house has no roof' });
      return;
    default:
      await value(valuationReference);
  }
};
