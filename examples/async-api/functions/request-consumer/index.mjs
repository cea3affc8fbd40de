// Takes requests from the queue and hands them to the API. The execution's name is the message's id:
// a message that is delivered twice does not call the API twice.
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";

const states = new SFNClient({ region: process.env.AWS_REGION_ID });

export async function handler(event) {
  for (const { messageId, body } of event.Records) {
    const { taskToken, payload } = JSON.parse(body);
    await states.send(new StartExecutionCommand({
      stateMachineArn: process.env.STATE_MACHINE_ARN,
      name: messageId,
      input: JSON.stringify({ taskToken, payload }),
    }));
    console.log("called the API for", JSON.stringify(payload));
  }
}
