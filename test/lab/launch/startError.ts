/** The lab cannot start: one clear line for the person who typed the command. */
export class StartError extends Error {
  override readonly name = "StartError";
}
