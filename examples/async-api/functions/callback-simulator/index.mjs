// The API's answer. It sends the token wrapped in quotes, as much published code does: JSON.stringify of
// what is a string already. AWS forgives that, and so does Baton.
import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";

const states = new SFNClient({ region: process.env.AWS_REGION_ID });

export async function handler({ taskToken, payload }) {
  const token = JSON.stringify(taskToken);
  const answer = payload.status === "success"
    ? new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify({ status: 200, payload: { body: "done" } }) })
    : new SendTaskFailureCommand({ taskToken: token, error: "ApiError", cause: "the API could not do it" });
  await states.send(answer);
}
