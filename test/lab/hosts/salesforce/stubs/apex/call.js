/** Calls an Apex method. The lab's server simulates the org.
 * @param {string} method @param {Record<string, unknown>} parameters */
export async function callApex(method, parameters) {
  const response = await fetch(`./apex/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
  });
  const { value, error } = await response.json();
  if (error) throw error;
  return value;
}
