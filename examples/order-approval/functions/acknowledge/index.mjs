// POST /approval {"OrderID": ..., "IsApproved": true or false}: finds the order's token and wakes its workflow.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";

const orders = DynamoDBDocumentClient.from(new DynamoDBClient());
const states = new SFNClient();

export async function handler(event) {
  const { OrderID, IsApproved } = JSON.parse(event.body);
  const { Items } = await orders.send(new QueryCommand({
    TableName: "Order",
    KeyConditionExpression: "OrderID = :id",
    ExpressionAttributeValues: { ":id": OrderID },
  }));
  if (Items.length === 0) return { statusCode: 404, body: "There is no such order." };
  if (!Items[0].Token) return { statusCode: 409, body: "The order does not wait for approval." };
  try {
    await states.send(new SendTaskSuccessCommand({ taskToken: Items[0].Token, output: JSON.stringify({ IsApproved }) }));
  } catch (error) {
    if (error.name !== "TaskTimedOut") throw error;
    return { statusCode: 409, body: "The order has been decided already." };
  }
  return { statusCode: 200, body: "The workflow goes on." };
}
