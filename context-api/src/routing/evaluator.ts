import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ready } from "./evaluatorReady.ts";
import type { ExpressionInput, ExpressionReply } from "./interpreter.ts";

// Expressions run in a process of their own. Only a process can be ended while a single function runs, and only a process can run out
// of memory without ending the server: in a thread, one large text ends the whole process.

export interface EvaluationRequest {
  source: string;
  input: ExpressionInput;
}

interface PendingEvaluation extends EvaluationRequest {
  resolve(reply: ExpressionReply): void;
  /** How often the process ended while it evaluated this. */
  ends: number;
}

/** JSONata's own limit is shorter. It does not hold inside a single function. */
const maxRunMs = 2_000;
/** A busy machine can stop the process for a while, so an expression gets a second chance, alone and with more time. */
const maxSecondRunMs = 6_000;
const maxEnds = 2;
/** A new process first loads its code. That is no fault of an expression. */
const startMs = 60_000;
const maxBatch = 64;
/** An expression that ended the process this often in a row waits before it is evaluated again. */
const maxFailures = 3;
const pauseMs = 60_000;
/** An unused process ends, to give its memory back. */
const maxIdleMs = 60_000;
const memoryMb = 64;

const queue: PendingEvaluation[] = [];
const failures = new Map<string, { count: number; retryAt: number }>();
let current: ChildProcess | null = null;
let isNew = true;
let isRunning = false;
let idleTimer: NodeJS.Timeout | undefined;

/**
 * Evaluates an expression with limits of time and memory that hold whatever it does. Evaluations that are requested together share
 * one message. Never rejects.
 */
export function evaluateApart(source: string, input: ExpressionInput): Promise<ExpressionReply> {
  const failure = failures.get(source);
  if (failure && failure.count >= maxFailures && performance.now() < failure.retryAt)
    return Promise.resolve(limitReply("exceeded its limits several times and is paused for a minute"));
  return new Promise((resolve) => {
    queue.push({ source, input, resolve, ends: 0 });
    if (isRunning) return;
    isRunning = true;
    queueMicrotask(() => void drain());
  });
}

async function drain(): Promise<void> {
  clearTimeout(idleTimer);
  while (queue.length > 0) await runBatch(nextBatch());
  isRunning = false;
  release(current);
  idleTimer = setTimeout(end, maxIdleMs);
  idleTimer.unref();
}

/** Evaluations in the order of their requests. One that ended the process before runs alone. */
function nextBatch(): PendingEvaluation[] {
  const suspect = queue.findIndex(({ ends }) => ends > 0);
  return suspect === 0 ? queue.splice(0, 1) : queue.splice(0, suspect === -1 ? maxBatch : Math.min(maxBatch, suspect));
}

async function runBatch(batch: PendingEvaluation[]): Promise<void> {
  const child = openProcess();
  const pending = [...batch];
  const failure = await new Promise<string | null>((resolve) => {
    let timer: NodeJS.Timeout;
    const watch = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => settle(isNew ? startFailure : `takes longer than ${maxRunMs} ms`), ms);
    };
    const runMs = batch.some(({ ends }) => ends > 0) ? maxSecondRunMs : maxRunMs;
    const onReplies = (replies: readonly ExpressionReply[] | typeof ready): void => {
      if (replies === ready) {
        isNew = false;
        watch(runMs);
        return;
      }
      for (const reply of replies) {
        const evaluation = pending.shift();
        if (!evaluation) break;
        failures.delete(evaluation.source);
        evaluation.resolve(reply);
      }
      if (pending.length === 0) settle(null);
      else watch(runMs);
    };
    const onExit = (): void => settle(isNew ? startFailure : `needs more than ${memoryMb} MB of memory`);
    const settle = (message: string | null): void => {
      clearTimeout(timer);
      child.off("message", onReplies);
      child.off("exit", onExit);
      resolve(message);
    };
    child.on("message", onReplies);
    child.once("exit", onExit);
    watch(isNew ? startMs : runMs);
    child.send(
      batch.map(({ source, input }): EvaluationRequest => ({ source, input })),
      (error) => error && settle("could not be evaluated"),
    );
  });
  if (failure === null) return;
  end();
  punish(pending, failure);
}

/**
 * One of the evaluations without a reply ended the process. Each of them is evaluated again, alone: expressions have no side effects.
 * One that ends the process again is refused.
 */
function punish(pending: readonly PendingEvaluation[], message: string): void {
  for (const evaluation of pending) evaluation.ends += 1;
  const [culprit] = pending;
  if (!culprit || culprit.ends < maxEnds) {
    queue.push(...pending);
    return;
  }
  const count = (failures.get(culprit.source)?.count ?? 0) + 1;
  failures.set(culprit.source, { count, retryAt: performance.now() + pauseMs });
  culprit.resolve(limitReply(message));
}

const startFailure = "could not be evaluated, because the process for expressions did not start";

const limitReply = (message: string): ExpressionReply => ({ kind: "failed", message, exceeded: true });

function openProcess(): ChildProcess {
  current ??= start();
  current.ref();
  current.channel?.ref();
  return current;
}

/** It gets no environment, which can contain secrets. */
function start(): ChildProcess {
  isNew = true;
  const child = fork(fileURLToPath(new URL("./evaluatorProcess.ts", import.meta.url)), {
    execArgv: [`--max-old-space-size=${memoryMb}`],
    env: {},
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // Its end is handled where a reply is expected.
  child.on("error", () => {});
  child.on("exit", () => {
    if (current === child) current = null;
  });
  return child;
}

/** Lets this process end although the other one runs. */
function release(child: ChildProcess | null): void {
  child?.unref();
  child?.channel?.unref();
}

function end(): void {
  current?.kill("SIGKILL");
  release(current);
  current = null;
}
