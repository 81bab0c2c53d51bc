export const root: string;
export const callerFolder: string;
export function tool(name: string): { command: string; shell: boolean };
export function nodeProgram(): string;
