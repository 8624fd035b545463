// What the provider keeps, in memory, and longer than one Provider: its keys change, its sessions stay.

const kept = new Map();
const grants = new Map();

export class Storage {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const ends = expiresIn ? Date.now() + expiresIn * 1000 : Infinity;
    kept.set(this.key(id), { payload, ends });
    if (payload.grantId) {
      grants.set(payload.grantId, (grants.get(payload.grantId) ?? new Set()).add(this.key(id)));
    }
  }

  async find(id) {
    const found = kept.get(this.key(id));
    return found && found.ends > Date.now() ? found.payload : undefined;
  }

  async findByUid(uid) {
    for (const [key, { payload, ends }] of kept) {
      if (key.startsWith(`${this.model}:`) && payload.uid === uid && ends > Date.now()) return payload;
    }
    return undefined;
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    kept.get(this.key(id)).payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    kept.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) kept.delete(key);
    grants.delete(grantId);
  }
}
