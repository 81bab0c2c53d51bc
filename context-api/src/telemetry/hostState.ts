import { statfs } from "node:fs/promises";
import { getHeapStatistics } from "node:v8";

/** Space and memory that are left to this process, bytes. */
export interface HostState {
  /** Of the data folder's file system; null when it cannot be read. */
  disk(): Promise<{ free: number; total: number } | null>;
  /** The scarcer one of the heap and the memory that the container or machine allows. */
  memory(): { used: number; limit: number; kind: "heap" | "process" };
}

export const createHostState = (dataDirectory: string): HostState => ({
  async disk() {
    try {
      const { bavail, blocks, bsize } = await statfs(dataDirectory);
      return { free: bavail * bsize, total: blocks * bsize };
    } catch {
      return null;
    }
  },
  memory() {
    const heap = getHeapStatistics();
    const heapUse = { used: heap.used_heap_size, limit: heap.heap_size_limit, kind: "heap" as const };
    // Without a limit of its own, it is the memory of the machine. Then other processes count too, and this one alone says little.
    const limit = process.constrainedMemory();
    if (limit === 0 || limit > 2 ** 50) return heapUse;
    const processUse = { used: process.memoryUsage.rss(), limit, kind: "process" as const };
    return processUse.used / processUse.limit > heapUse.used / heapUse.limit ? processUse : heapUse;
  },
});
