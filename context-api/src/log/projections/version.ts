/**
 * The form of the projections. Raise it when the same log gives other projections: the leader of each tenant rebuilds them at its start.
 * A version that is stored differs too after a return to an earlier release, whose form is another one.
 */
export const projectionVersion = 4;
