import { createHmac } from "node:crypto";

export interface SinkSecrets {
  /** Standard Webhooks secret: signs what is posted to the endpoint. */
  signing: string;
  /** Path of the Slack-like webhook. The path is the credential. */
  slackPath: string;
}

/** Derived from the world's key, so that a restart keeps them without storing them. */
export function sinkSecrets(tokenKey: string): SinkSecrets {
  const derive = (name: string): Buffer => createHmac("sha256", tokenKey).update(`sink\n${name}`).digest();
  return {
    signing: `whsec_${derive("signing").toString("base64")}`,
    slackPath: `/services/T0LAB/B0LAB/${derive("slack").toString("hex").slice(0, 24)}`,
  };
}
