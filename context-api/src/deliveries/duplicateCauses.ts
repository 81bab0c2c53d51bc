/** Cause of a dead letter that waits for a decision about a possible duplicate. */
export const duplicateCause = "possible_duplicate";
/** Cause of a requeued delivery whose record is created although it may be a duplicate. */
export const acceptedCause = "duplicate_accepted";
