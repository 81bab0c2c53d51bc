/** How processes that share a store coordinate. */
export interface Coordination {
  /** The number of this process's leadership of a tenant; null while another process leads it, or none. */
  epochOf(tenant: string): number | null;
  /** Reports what this process appended to the log of a tenant that another process leads. */
  publishHead(tenant: string, head: number): void;
  /** Sends a topic to all other processes. It may be lost. */
  announce(tenant: string, topic: string): void;
  /** Outdates answers that depend on `dependency` in all processes. */
  publishInvalidation(tenant: string, dependency: string): void;
  /** A write showed that another process leads the tenant. */
  recheck(tenant: string): void;
  /** Gives up all leadership, so that other processes take over at once. It is not regained. */
  resign(): Promise<void>;
  close(): Promise<void>;
}

/** What happens in other processes. */
export interface CoordinationListener {
  onLeading(tenant: string, epoch: number): void;
  onFollowing(tenant: string): void;
  /** The log has events up to this sequence. */
  onAppended(tenant: string, head: number): void;
  /** Invalidations up to this number are stored. Called again for a number that was reported before. */
  onProjected(tenant: string, generation: number): void;
  onAnnounced(tenant: string, topic: string): void;
  /** The connection was lost, and with it all leadership. It is opened again. */
  onDisconnected(error: unknown): void;
}

/** In ms of real time, because they measure the life of processes and connections. */
export interface CoordinationTiming {
  /** Interval of the heartbeat, which also reads what a lost notice would have reported. */
  heartbeatMs: number;
  /** How often a process tries to lead the tenants that it does not lead. */
  electionMs: number;
  /** The server ends the session of a process that is silent for this long. */
  idleTimeoutMs: number;
  /** Lease of the deliveries that a process is sending, see deliveries/claim.ts; the default when left out. */
  claimLeaseMs?: number;
}

/** A leader that is killed is replaced within `electionMs`, a frozen one within `idleTimeoutMs + electionMs`. */
export const defaultTiming: CoordinationTiming = { heartbeatMs: 1_000, electionMs: 2_000, idleTimeoutMs: 6_000 };

/** What was projected and outdated since a number. */
export interface ProjectionChanges {
  /** The number of the last invalidations. */
  generation: number;
  /** Readers see the log up to here. */
  head: number;
  /** Each number with what it outdated; null for everything. */
  invalidations: { generation: number; dependencies: string[] | null }[];
  /** Invalidations up to this number are not kept. */
  floor: number;
}
