/**
 * Reasons of a missing input of the health score that are facts: there is no value. For any other reason a value exists, or may exist,
 * that the score does not see. Then there is no score, because it would rise when the hidden value is a bad one.
 */
export const factReasons: readonly string[] = ["none_set", "not_mapped", "no_ratings", "empty", "history_unknown"];
