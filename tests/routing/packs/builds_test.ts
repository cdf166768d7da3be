/**
 * Holds the packs of Jenkins and GitLab to what they make of headers that contradict the subject, are
 * not whole, or stand on somebody else's mail.
 *
 * @module
 */

import assert from "node:assert/strict";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import { packsFor, recognise } from "../../../lib/routing/packs/packs.ts";
import { mailOf } from "../../support/mails.ts";

/** Source, event and state of a mail. */
async function read(subject: string, fields: string): Promise<string> {
  const message = `${fields}\r\nSubject: ${subject}\r\n\r\nx\r\n`;
  const { event, fields: found } = await recognise(viewMail(mailOf(message)), packsFor("mail", []));
  return `${found.source} ${event} ${found.state}`;
}

const jenkins = [
  ["Build failed in Jenkins: x #1", "WHATEVER", "jenkins BUILD_FAILED problem"],
  ["Build failed in Jenkins: x #1", "failure", "jenkins BUILD_FAILED problem"],
  ["Build failed in Jenkins: x #1", "SUCCESS", "jenkins BUILD_FAILED problem"],
  ["Jenkins build is unstable: x #1", "ABORTED", "jenkins BUILD_UNSTABLE problem"],
  ["Jenkins build is back to normal : x #1", "FAILURE", "jenkins BUILD_FAILED problem"],
  ["x - Build # 1 - Still Failing!", "SUCCESS", "jenkins BUILD_STILL_FAILING problem"],
  ["errors - Build # 1 - Successful!", "SUCCESS", "jenkins BUILD_SUCCEEDED ok"],
  ["nightly-errors is green", "SUCCESS", "jenkins BUILD_SUCCEEDED ok", "nightly-errors"],
  ["nightly ran", "FAILURE", "jenkins BUILD_FAILED problem"],
  ["nightly ran", "FAILURE (see log)", "generic undefined info"],
  ["Fail event on /dev/md0:nas1", "SUCCESS", "mdadm FAIL problem"],
  ["disk failure on nas1", "SUCCESS", "generic undefined problem"],
] as const;

for (const [subject, result, expected, job = "x"] of jenkins) {
  Deno.test(`Jenkins' "${subject}" with ${result} is ${expected}`, async () => {
    const fields = `X-Jenkins-Job: ${job}\r\nX-Jenkins-Result: ${result}`;
    assert.equal(await read(subject, fields), expected);
  });
}

const gitlab = [
  ["x | Failed pipeline for main | 1a", "success", "gitlab PIPELINE_FAILED problem"],
  ["x | Failed pipeline for main | 1a", "unheard", "gitlab PIPELINE_FAILED problem"],
  ["x | Pipeline #1 has failed for main | 1a", "success", "gitlab PIPELINE_FAILED problem"],
  ["x | Fixed pipeline for main | 1a", "failed", "gitlab PIPELINE_FAILED problem"],
  ["x | Successful pipeline for errors | 1a", "success", "gitlab PIPELINE_SUCCEEDED ok"],
  ["x | Canceled pipeline for main | 1a", "success", "gitlab PIPELINE_CANCELED info"],
  ["own words", "Failed", "gitlab PIPELINE_FAILED problem"],
  ["own words", "unheard", "generic undefined info"],
  ["Fail event on /dev/md0:nas1", "success", "mdadm FAIL problem"],
] as const;

for (const [subject, status, expected] of gitlab) {
  Deno.test(`GitLab's "${subject}" with ${status} is ${expected}`, async () => {
    const fields = "X-GitLab-Project: x\r\nX-GitLab-Pipeline-Id: 1\r\n" +
      `X-GitLab-Pipeline-Status: ${status}`;
    assert.equal(await read(subject, fields), expected);
  });
}

Deno.test("part of GitLab's header makes no talk of another's mail", async () => {
  const subject = "Fail event on /dev/md0:nas1";
  assert.equal(await read(subject, "X-GitLab-Project: x"), "mdadm FAIL problem");
  assert.equal(await read(subject, "X-GitLab-Project-Path: a/x"), "mdadm FAIL problem");
  assert.equal(await read(subject, "X-GitLab-Pipeline-Status: success"), "mdadm FAIL problem");
  const talk = "gitlab NOTIFICATION info";
  assert.equal(await read("x | Slow (#31)", "X-GitLab-Project: x"), talk);
  assert.equal(await read("Slow", "X-GitLab-Project: x\r\nX-GitLab-Project-Id: 7"), talk);
});
