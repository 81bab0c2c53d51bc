import { loadRecord, onRecordsReloaded, reloadRecords } from "./records.js";

/** Wire adapter: emits the record of this page, and again after `reloadRecords`. */
export class getRecord {
  /** @param {(answer: { data?: unknown, error?: unknown }) => void} emit */
  constructor(emit) {
    this.emit = emit;
    /** @type {{ recordId?: string, optionalFields?: string[] }} */
    this.config = {};
    this.removeListener = () => true;
    emit({ data: undefined, error: undefined });
  }

  connect() {
    this.removeListener = onRecordsReloaded(() => this.update(this.config));
  }

  /** @param {{ recordId?: string, optionalFields?: string[] }} config */
  async update(config) {
    this.config = config;
    const apiName = config.optionalFields?.[0]?.split(".")[0];
    if (!config.recordId || !apiName) return;
    const { id, lastModifiedDate } = await loadRecord(apiName, config.recordId);
    if (this.config.recordId === id) this.emit({ data: { id, apiName, lastModifiedDate, fields: {} } });
  }

  disconnect() {
    this.removeListener();
  }
}

export async function notifyRecordUpdateAvailable() {
  reloadRecords();
}
