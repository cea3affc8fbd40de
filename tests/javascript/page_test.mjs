// The pages of callback links in a real, headless Chromium, as people see them: approve, reject, a second
// visit, the keyboard alone, a phone's width, JavaScript off, and a storm of readers that decides nothing.
// Ends with N passed, N failed. SHOTS=DIR keeps pictures.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const baton = process.env.BATON ?? join(root, "build", "baton");
const data = mkdtempSync(join(tmpdir(), "baton-page-"));
const server = spawn(baton, ["serve", "--listen", "127.0.0.1:0", "--data", data], { stdio: ["ignore", "pipe", "ignore"] });
const TIMEOUT = 120000; // of anything that is awaited; nothing is checked to be quick
let passed = 0, failed = 0;
const check = (good, what, ...details) => {
  if (good) passed++;
  else { failed++; console.log("FAIL", what, ...details); }
};

async function main(endpoint, browser) {
  const call = async (target, params) => {
    const operation = target.includes(".") ? target : "AWSStepFunctions." + target;
    const answer = await fetch(endpoint, {
      method: "POST", body: JSON.stringify(params),
      headers: { "X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.0" },
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${target}: ${JSON.stringify(body)}`);
    return body;
  };
  const { activityArn } = await call("CreateActivity", { name: "people" });
  let count = 0;
  // Starts an execution that waits, and finds its wait.
  const ask = async (callback) => {
    const definition = JSON.stringify({
      StartAt: "Decide", States: { Decide: { Type: "Task", Resource: activityArn, TimeoutSeconds: 86400, Callback: callback, End: true } },
    });
    const { stateMachineArn } = await call("CreateStateMachine", { name: "m" + ++count, definition, roleArn: "arn:aws:iam::000000000000:role/test" });
    const { executionArn } = await call("StartExecution", { stateMachineArn });
    const { waits } = await call("Baton.ListWaits", { filter: { stateMachineArn } });
    const wait = await call("Baton.DescribeWait", { taskToken: waits[0].taskToken });
    return { executionArn, url: wait.callbackUrl, urls: wait.callbackUrls };
  };
  const status = async (asked) => (await call("DescribeExecution", { executionArn: asked.executionArn })).status;
  const ended = async (asked) => {
    for (;;) {
      const found = await call("DescribeExecution", { executionArn: asked.executionArn });
      if (found.status !== "RUNNING") return found;
    }
  };
  const open = async (url, options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    const complaints = [];
    page.on("console", (m) => { if (m.type() === "error" && !`${m.location().url} ${m.text()}`.includes("favicon.ico")) complaints.push(m.text()); });
    page.on("pageerror", (e) => complaints.push(e.message));
    await page.goto(url);
    return { page, complaints };
  };
  const shot = async (page, name) => { if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, name + ".png"), fullPage: true }); };
  const question = {
    Title: "Approve a loan of 210,000?", Show: { Applicant: "Ann <img src=x onerror=alert(1)>", Amount: 210000 },
    Outcomes: { approve: { Label: "Approve" }, reject: { Label: "Reject", Error: "Rejected" } },
  };

  const approve = async () => {
    const asked = await ask(question);
    const { page, complaints } = await open(asked.url);
    await shot(page, "question");
    check(await page.title() === "Approve a loan of 210,000?", "title");
    check(await page.getByText("Ann <img src=x onerror=alert(1)>", { exact: true }).isVisible(), "what is shown is text");
    check(await page.locator("img, script").count() === 0, "and no element");
    await page.getByLabel("Comment").fill("fine <b>by</b> me");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("This is decided.").waitFor();
    await shot(page, "decided");
    check(await page.getByText("fine <b>by</b> me").isVisible(), "the comment is shown");
    check(await page.locator("time").count() >= 1, "and when it was");
    check(await page.getByRole("button").count() === 0, "no button is left");
    check(page.url() === asked.url, "the address is that of the link", page.url());
    await page.reload();
    await page.getByText("This is decided.").waitFor();
    const found = await ended(asked);
    check(found.status === "SUCCEEDED" && JSON.parse(found.output).outcome === "approve", "approved", found);
    check(complaints.length === 0, "the browser has no complaint (policy, style)", complaints);
  };

  const reject = async () => {
    const asked = await ask(question);
    const { page } = await open(asked.urls.reject);
    check(await page.getByRole("button").count() === 1, "a link of one outcome has one button");
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("This is decided.").waitFor();
    const found = await ended(asked);
    check(found.status === "FAILED" && found.error === "Rejected", "rejected", found);
  };

  const secondVisit = async () => {
    const asked = await ask(question);
    const first = await open(asked.url), second = await open(asked.url);
    await first.page.getByRole("button", { name: "Approve" }).click();
    await first.page.getByText("This is decided.").waitFor();
    await second.page.getByRole("button", { name: "Reject" }).click();
    await second.page.getByText("does not count").waitFor();
    await shot(second.page, "too-late");
    check(await second.page.getByText("Approve", { exact: true }).isVisible(), "who comes too late sees the decision");
    check((await ended(asked)).status === "SUCCEEDED", "the first one counts");
    const third = await open(asked.url);
    check(await third.page.getByText("This is decided.").isVisible(), "a visit afterwards");
  };

  const keyboard = async () => {
    const asked = await ask({ ...question, Code: "4711" });
    const { page } = await open(asked.url);
    const focused = () => page.evaluate("document.activeElement.id || document.activeElement.value");
    await page.keyboard.press("Tab");
    check(await focused() === "comment", "first the comment", await focused());
    await page.keyboard.type("by keyboard");
    await page.keyboard.press("Tab");
    check(await focused() === "code", "then the code", await focused());
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    check(outline === "solid", "the focus can be seen", outline);
    await page.keyboard.type("4711");
    await page.keyboard.press("Enter"); // in a field: must not press a button that decides
    await page.keyboard.press("Tab");
    check(await focused() === "approve", "then the first button", await focused());
    check(await status(asked) === "RUNNING", "Enter in a field decides nothing");
    await page.keyboard.press("Tab");
    check(await focused() === "reject", "then the second", await focused());
    await page.keyboard.press("Enter");
    await page.getByText("This is decided.").waitFor();
    check((await ended(asked)).error === "Rejected", "by keyboard");
  };

  const wrongCode = async () => {
    const asked = await ask({ ...question, Code: "4711", Comment: "REQUIRED" });
    const { page } = await open(asked.url);
    await page.getByRole("button", { name: "Approve" }).click();
    check(await page.getByLabel("Comment").evaluate((e) => !e.validity.valid), "the browser asks for the comment");
    await page.getByLabel("Comment").fill("why");
    await page.getByLabel("Code").fill("0815");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("alert").waitFor();
    await shot(page, "wrong-code");
    check(await page.getByLabel("Comment").inputValue() === "why", "what was typed is kept");
    check(await page.getByLabel("Code").inputValue() === "", "but for the code");
    check(await status(asked) === "RUNNING", "a wrong code decides nothing");
    await page.getByLabel("Code").fill("4711");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("This is decided.").waitFor();
    check((await ended(asked)).status === "SUCCEEDED", "the right code");
  };

  const phone = async () => {
    const long = "averyveryverylongwordwithoutanyspace".repeat(5);
    for (const colorScheme of ["light", "dark"]) {
      const asked = await ask({ ...question, Title: long, Show: { [long]: long, Nested: { a: [1, 2], b: { c: long } } }, Code: "1" });
      const { page } = await open(asked.url, { viewport: { width: 360, height: 740 }, colorScheme, isMobile: true, hasTouch: true });
      await shot(page, "phone-" + colorScheme);
      const width = await page.evaluate("document.documentElement.scrollWidth");
      check(width <= 360, "nothing is wider than the phone", width);
      const boxes = await page.getByRole("button").evaluateAll((all) => all.map((b) => b.getBoundingClientRect()).map((b) => [b.left, b.right, b.height]));
      check(boxes.length === 2 && boxes.every(([left, right, height]) => left >= 0 && right <= 360 && height >= 44), "buttons for fingers", boxes);
      const contrasts = await page.evaluate(CONTRASTS);
      check(contrasts.every(([, ratio]) => ratio >= 4.5), "contrast", colorScheme, contrasts.filter(([, ratio]) => ratio < 4.5));
      await call("StopExecution", { executionArn: asked.executionArn });
      await page.reload();
      check(await page.getByText("was stopped").isVisible(), "the page of a stopped wait");
    }
  };

  const withoutJavaScript = async () => {
    const asked = await ask(question);
    const { page } = await open(asked.url, { javaScriptEnabled: false });
    await page.getByLabel("Comment").fill("no script");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("This is decided.").waitFor();
    const found = await ended(asked);
    check(found.status === "SUCCEEDED" && JSON.parse(found.output).comment === "no script", "decided", found);
  };

  const structure = async () => {
    const asked = await ask({ ...question, Code: "1" });
    const { page } = await open(asked.url);
    check(await page.locator("html[lang=en]").count() === 1, "a language");
    check(await page.getByRole("main").count() === 1 && await page.getByRole("heading", { level: 1 }).count() === 1, "landmark and heading");
    const named = await page.locator("input, textarea, button:not([hidden])").evaluateAll((all) => all.every((e) => e.labels?.length || e.textContent));
    check(named, "every field and button has a name");
    check(await page.getByRole("group", { name: "Your decision" }).count() === 1, "the buttons are a group");
    const forged = await open(asked.url.slice(0, -4) + "AAAA");
    check(await forged.page.getByText("There is nothing here").isVisible(), "a forged link");
    await shot(forged.page, "unknown");
  };

  // What mail scanners, previews and impatient people do, in plain requests and in the browser.
  const storm = async () => {
    const asked = await ask(question);
    const urls = [asked.url, ...Object.values(asked.urls)];
    for (let round = 0; round < 30; round++)
      await Promise.all(urls.flatMap((url) => ["GET", "HEAD", "OPTIONS"].map(async (method) => {
        const answer = await fetch(url, { method, headers: { "User-Agent": "scanner", "Sec-Purpose": "prefetch" } });
        await answer.arrayBuffer();
        if (answer.status !== 200 && answer.status !== 204) check(false, "storm", method, answer.status);
      })));
    for (const url of urls) {
      const { page } = await open(url);
      await page.reload();
    }
    check(await status(asked) === "RUNNING", "a storm of readers decides nothing");
    const { url } = asked;
    const described = await call("Baton.DescribeWait", { link: url });
    check((described.attempts ?? []).length === 0, "and is no attempt to answer", described.attempts);
  };

  for (const test of [approve, reject, secondVisit, keyboard, wrongCode, phone, withoutJavaScript, structure, storm]) {
    try {
      await test();
    } catch (e) {
      check(false, test.name, e.stack);
    }
    for (const context of browser.contexts()) await context.close();
  }
}

// The contrast of each text with what is behind it (WCAG 2.2, 1.4.3), computed in the page.
const CONTRASTS = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("h1,p,strong,dt,dd,label,span,time,button:not([hidden]),footer p")].map((e) => {
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    return [e.tagName + " " + e.textContent.slice(0, 20), (a + 0.05) / (b + 0.05)];
  });
})()`;

let browser;
try {
  let endpoint;
  for await (const line of createInterface({ input: server.stdout })) {
    endpoint = /^listening on (\S+)/.exec(line)?.[1];
    if (endpoint) break;
  }
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", timeout: TIMEOUT,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  await main(endpoint, browser);
} catch (e) {
  check(false, "the test itself", e.stack);
} finally {
  await browser?.close();
  server.kill("SIGTERM");
  await new Promise((resolve) => server.exitCode === null ? server.on("exit", resolve) : resolve());
  rmSync(data, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
