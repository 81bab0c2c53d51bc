import { createHmac } from "node:crypto";

export interface SinkSecrets {
  /** Standard Webhooks: signs what is posted to the company's endpoint. */
  signing: string;
  /** Path of the Slack-like webhook: whoever knows it may write. */
  slackPath: string;
}

/** Made of the world's own key, so that a restart changes nothing and nothing more has to be kept. */
export function sinkSecrets(tokenKey: string): SinkSecrets {
  const made = (name: string): Buffer => createHmac("sha256", tokenKey).update(`sink\n${name}`).digest();
  return {
    signing: `whsec_${made("signing").toString("base64")}`,
    slackPath: `/services/T0LAB/B0LAB/${made("slack").toString("hex").slice(0, 24)}`,
  };
}
