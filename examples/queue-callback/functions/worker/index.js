'use strict';
// Does the job and calls back. The request comes from a queue, from a topic, or straight from the workflow.
const StepFunctions = require('aws-sdk/clients/stepfunctions');

const states = new StepFunctions({ apiVersion: '2016-11-23' });

function requestsOf(event) {
  if (!event.Records) return [event];
  return event.Records.map((record) => JSON.parse(record.Sns ? record.Sns.Message : record.body));
}

exports.lambda_handler = async (event) => {
  for (const { TaskToken: taskToken, Job: job, Context: context } of requestsOf(event)) {
    if (context) console.log('the context object: %s', JSON.stringify(context));
    if (job.explode) throw new Error('the worker cannot do this');
    if (job.keep) continue; // someone else answers, later
    if (job.error) {
      await states.sendTaskFailure({ taskToken, error: job.error, cause: job.cause }).promise();
    } else {
      await states.sendTaskSuccess({ taskToken, output: '"Callback task completed successfully."' }).promise();
    }
  }
};
