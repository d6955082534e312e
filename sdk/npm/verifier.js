// The verifier around its WebAssembly. Each one has an instance and a memory of its own, which go when nothing knows it any
// more, so that none must be closed.

const PAGE = 65536;

/** A trust bundle or status snapshot can't be used. Its message says why. */
export class VerifierError extends Error {
  name = 'VerifierError';
}

/** The class of verifiers whose WebAssembly comes from a function; it is compiled once. */
export function verifierOf(load) {
  let compiled;

  return class Verifier {
    #exports;
    #number;
    /** A part of the memory that is ours alone: pages that were added from here, which the library's allocator never had. */
    #room = { start: 0, size: 0 };

    constructor(instance) {
      if (!(instance instanceof WebAssembly.Instance)) throw new TypeError('use Verifier.open(bundle, { root })');
      this.#exports = instance.exports;
    }

    static async open(bundle, { root } = {}) {
      compiled ??= Promise.resolve(load()).then((bytes) => WebAssembly.compile(bytes));
      compiled.catch(() => (compiled = undefined));
      const verifier = new Verifier(await WebAssembly.instantiate(await compiled, {}));
      verifier.#number = verifier.#call('mintage_open', bytes(bundle, 'bundle'), text(root, 'root')).number;
      return verifier;
    }

    addStatus(status) {
      this.#call('mintage_add_status', this.#number, bytes(status, 'status'));
    }

    verify(code, { holder, at = new Date() } = {}) {
      const seconds = Math.floor(at instanceof Date ? at.getTime() / 1000 : at);
      if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError('at is no time since 1970');
      const content = typeof code === 'string' ? new TextEncoder().encode(code) : bytes(code, 'code');
      const answer = this.#call('mintage_verify', this.#number, content, text(holder, 'holder'), BigInt(seconds));
      return JSON.parse(answer.text);
    }

    about() {
      return JSON.parse(this.#call('mintage_about', this.#number).text);
    }

    /** Calls a function with numbers and bytes; again, if there wasn't room for all of its text. */
    #call(name, ...values) {
      const inputs = values.filter((value) => value instanceof Uint8Array);
      const size = inputs.reduce((sum, input) => sum + input.length, 0);
      for (let capacity = 4096; ; ) {
        // First the length of the text, then the text, then the inputs one after the other.
        const start = this.#grown(4 + capacity + size);
        let place = start + 4 + capacity;
        const words = values.flatMap((value) => {
          if (value === null) return [0, 0];
          if (!(value instanceof Uint8Array)) return [value];
          new Uint8Array(this.#exports.memory.buffer).set(value, place);
          place += value.length;
          return [place - value.length, value.length];
        });
        const number = this.#exports[name](...words, start + 4, capacity, start);
        const memory = this.#exports.memory.buffer; // another one, if it has grown meanwhile
        const length = new DataView(memory).getUint32(start, true);
        if (length < capacity) {
          const said = new TextDecoder().decode(new Uint8Array(memory, start + 4, length));
          if (number < 0) throw new VerifierError(said);
          return { number, text: said };
        }
        capacity = length + 1;
      }
    }

    #grown(size) {
      if (this.#room.size < size) {
        const pages = Math.ceil(size / PAGE);
        this.#room = { start: this.#exports.memory.grow(pages) * PAGE, size: pages * PAGE };
      }
      return this.#room.start;
    }
  };
}

function bytes(value, name) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError(`${name} is no Uint8Array and no ArrayBuffer`);
}

/** Text as bytes; empty text is not the same as none. */
function text(value, name) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return new TextEncoder().encode(value);
  throw new TypeError(`${name} is no string`);
}
