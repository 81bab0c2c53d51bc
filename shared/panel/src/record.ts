/** True when both refs name one record. An id of 18 characters is the long form of the 15 characters that it starts with. */
export function isSameRecord(ref: string, reference: string | undefined): boolean {
  return reference !== undefined && shortForm(ref) === shortForm(reference);
}

const shortForm = (ref: string): string => ref.replace(/:(\w{15})\w{3}$/, ":$1");
