// Keeps the task token with the order, for whoever approves it.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";

const orders = DynamoDBDocumentClient.from(new DynamoDBClient());

export async function handler({ OrderID, Cost, Token }) {
  await orders.send(new UpdateCommand({
    TableName: "Order",
    Key: { OrderID, Cost },
    UpdateExpression: "SET #token = :token",
    ExpressionAttributeNames: { "#token": "Token" },
    ExpressionAttributeValues: { ":token": Token },
  }));
}
