// The log line at the end: prints every notification.
export async function handler(event) {
  for (const { Sns } of event.Records) console.log(Sns.Message);
}
