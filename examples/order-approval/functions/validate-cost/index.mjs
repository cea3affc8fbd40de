export async function handler(order) {
  return { ...order, IsApprovalRequired: order.Cost > 100 };
}
