export async function handler(order) {
  console.log("processing", order.OrderID);
  return order;
}
