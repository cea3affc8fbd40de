// Does the job and posts the result to the link of the message: no SDK, no token, no credentials. A message that comes
// twice is no harm: the same answer again gets the same result.
export async function handler(event) {
  for (const record of event.Records) {
    const { CallbackUrl: link, Job: job } = JSON.parse(record.body);
    if (job.keep) continue; // someone else answers, later
    const [url, result] = job.error
      ? [link + "/failure", { error: job.error, cause: job.cause }]
      : [link, "Callback task completed successfully."];
    const answer = await fetch(url, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(result),
    });
    console.log("told:", answer.status, await answer.text());
    if (!answer.ok) throw new Error("the answer was refused");
  }
}
