// An order is valid that has items and costs something. Valid or not, it is kept.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

const orders = DynamoDBDocumentClient.from(new DynamoDBClient());

export async function handler(order) {
  order.IsOrderValid = order.OrderItems.length > 0 && order.Cost > 0;
  await orders.send(new PutCommand({ TableName: "Order", Item: order }));
  return order;
}
