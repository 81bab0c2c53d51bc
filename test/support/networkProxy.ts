import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy between the product and a database, whose network fails. */
export interface NetworkProxy {
  port: number;
  /** Resets all connections and refuses new ones. */
  cut(): void;
  /** Passes no byte on, as a partition does: nothing is refused and nothing arrives. */
  freeze(): void;
  restore(): void;
  close(): Promise<void>;
}

/** @param onSent gets the number of all bytes that were sent to the target, before the last of them arrive */
export async function startNetworkProxy(target: number, onSent: (bytes: number) => void = () => {}): Promise<NetworkProxy> {
  let sentBytes = 0;
  let state: "open" | "cut" | "frozen" = "open";
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (state === "cut") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay();
      if (state === "frozen") socket.pause();
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on("data", (chunk) => {
        if (socket === client) {
          sentBytes += chunk.length;
          onSent(sentBytes);
        }
        if (!other.write(chunk)) socket.pause();
      });
      other.on("drain", () => {
        if (state !== "frozen") socket.resume();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const closeAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = "cut";
      closeAll();
    },
    freeze() {
      state = "frozen";
      for (const socket of sockets) socket.pause();
    },
    restore() {
      state = "open";
      for (const socket of sockets) socket.resume();
    },
    async close() {
      closeAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
