import { Option } from "commander";

// What the definitions of the commands share.

/** Runs a command and passes its exit code on. */
export type Run = <A extends unknown[]>(command: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

export const tenantOption = (): Option => new Option("--tenant <tenant>", "name of the tenant in the configuration");
export const requiredTenant = (): Option => tenantOption().makeOptionMandatory();
/** For an option that may be repeated. */
export const collect = (value: string, values: string[] = []): string[] => [...values, value];

/** The part of the help that shows command lines. */
export const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
