import { vi } from "vitest";

/** What this process writes to its standard output, until it is restored. Nothing is printed. */
export interface CapturedOutput {
  text(): string;
  restore(): void;
}

export function captureOutput(): CapturedOutput {
  let output = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    output += String(text);
    return true;
  });
  return { text: () => output, restore: () => write.mockRestore() };
}
