import type { Bench } from "./deliver.ts";
export async function drain(_: Bench): Promise<void> {}
