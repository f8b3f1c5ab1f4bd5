import type { MailContent } from "@kontor/kit/mail-layout";
import type { NewDelivery } from "../deliveries/delivery.ts";

/**
 * The mail to a customer about an order.
 *
 * @param eventId of the event that is told of
 */
export function toOrderDelivery(
  eventId: string,
  order: { orderId: string; customerEmail: string },
  content: MailContent,
): NewDelivery {
  return {
    ...content,
    sourceId: eventId,
    recipient: order.customerEmail,
    kind: "order",
    messageId: `<${eventId}@kontor.orders>`,
    threadId: `<${order.orderId}@kontor.order-threads>`,
  };
}
