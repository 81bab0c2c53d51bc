/** Days that the satisfaction counts, where a tenant's `csatDays` sets no other number. */
export const defaultCsatDays = 90;
