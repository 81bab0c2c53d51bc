import { startLab } from "./lab.ts";
import { quantiles, round } from "./measure.ts";

const deadlineMs = 900;

/** Refreshes of known customers while one platform never responds: response time of the API, real time. */
export async function degraded(): Promise<void> {
  const lab = await startLab();
  try {
    for (const platform of ["salesforce", "zendesk", "mixpanel"]) {
      await control(lab.control, { platform, kind: "timeout", rate: 1, ms: 20_000, seed: 1 });
      const times: number[] = [];
      for (const ref of lab.examples.resolved) {
        const start = performance.now();
        const response = await fetch(`${lab.url}/v1/context/${encodeURIComponent(ref)}/refresh`, {
          method: "POST",
          headers: { authorization: `Bearer ${lab.keys.admin}` },
        });
        await response.arrayBuffer();
        if (response.status === 200) times.push(performance.now() - start);
      }
      await control(lab.control, {});
      const { p50 } = quantiles(times);
      console.log(
        `  ${platform} silent: ${times.length} refreshes, p50 ${round(p50, 0)} ms, longest ${round(Math.max(...times), 0)} ms (deadline ${deadlineMs})`,
      );
      // Waits for the customer's cooldown and the platform's open circuit.
      await new Promise((resolve) => setTimeout(resolve, 31_000));
    }
  } finally {
    await lab.stop();
  }
}

async function control(url: string, fault: object): Promise<void> {
  const response = await fetch(`${url}/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fault),
  });
  if (!response.ok) throw new Error(`the control server refused the fault: ${response.status}`);
}
