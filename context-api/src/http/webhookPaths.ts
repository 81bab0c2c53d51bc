const webhookPath = /^\/v\d+\/webhooks\//;

/** Webhooks are authenticated by their signature and limited by their source. */
export const isWebhook = (path: string): boolean => webhookPath.test(path);
