// The functions that users of Edge Impulse's WebAssembly exports know, on top of `Impulse`.

/** The numbers of the property `sensor`. */
const SENSORS = { microphone: 1, accelerometer: 2, camera: 3, unknown: -1 };

/** Least score that counts as a decision, where nothing else was chosen. */
const DEFAULT_THRESHOLD = 0.6;

const NOT_INITIALIZED = 'Module is not initialized';

/** What comes first of a window: objects with places, or scores by label. */
function resultsOf({ boxes, scores, value }) {
  if (boxes) return boxes.map(({ score, ...box }) => ({ ...box, value: score }));
  if (scores) return Object.entries(scores).map(([label, one]) => ({ label, value: one }));
  return value === undefined ? [] : [{ label: 'value', value }];
}

const answerOf = (prediction) => ({ anomaly: prediction.anomaly ?? 0, results: resultsOf(prediction) });

/** What a stream answers until a whole window has been seen. */
function silence({ learners }) {
  const zeros = learners.find(({ answers }) => answers === 'classes')?.labels ?? [];
  return { anomaly: 0, results: zeros.map((label) => ({ label, value: 0 })) };
}

const detectors = ({ learners }) =>
  learners
    .map((learner, index) => ({ learner, id: index + 1 }))
    .filter(({ learner }) => learner.minScore !== undefined);

function propertiesOf(info) {
  const { image, learners, sliceSize, axes } = info;
  const labels = learners.flatMap((learner) => (learner.answers === 'value' ? ['value'] : learner.labels));
  return {
    frequency: info.rateHz,
    has_anomaly: learners.some(({ answers }) => answers === 'anomaly'),
    has_object_tracking: false,
    has_visual_anomaly_detection: false,
    input_features_count: info.inputSize,
    image_input_width: image?.width ?? 0,
    image_input_height: image?.height ?? 0,
    image_input_frames: image?.frames ?? 0,
    image_input_channel_count: image?.channels ?? 0,
    image_channel_count: image?.channels ?? 0,
    interval_ms: info.rateHz > 0 ? 1000 / info.rateHz : 0,
    axis_count: axes.length,
    label_count: labels.length,
    sensor: SENSORS[info.sensor],
    model_type: learners.some(({ answers }) => answers === 'cells') ? 'constrained_object_detection' : 'classification',
    slice_size: sliceSize / axes.length,
    use_continuous_mode: sliceSize > 0,
    is_performance_calibration_enabled: false,
    classification_threshold: DEFAULT_THRESHOLD,
    thresholds: detectors(info).map(({ id, learner }) => ({
      id,
      type: 'object_detection',
      min_score: learner.minScore,
    })),
  };
}

const projectOf = ({ project }) => ({
  id: project.id,
  owner: project.owner,
  name: project.name,
  deploy_version: project.deployVersion,
});

/** Takes `{ id, min_score }`; gives what went wrong, or nothing. */
function changeThreshold(info, { id, min_score: minScore } = {}) {
  const found = detectors(info).find((detector) => detector.id === id);
  if (!found) return `No learner with a threshold has the id ${id}`;
  if (!(minScore >= 0 && minScore <= 1)) return `min_score of ${minScore}, expected 0 to 1`;
  found.learner.minScore = minScore;
  return undefined;
}

/** A class whose objects each have an impulse of their own. */
export const classifierOf = (load) =>
  class EdgeImpulseClassifier {
    #impulse;
    #loading;

    async init(options) {
      this.#loading ??= load(options);
      this.#impulse = await this.#loading;
    }

    classify(rawData, debug = false) {
      const impulse = this.#ready();
      const answer = answerOf(impulse.predict(rawData));
      if (debug) console.log(impulse.measure(rawData), answer);
      return answer;
    }

    classifyContinuous(rawData, _enablePerfCal = true) {
      const impulse = this.#ready();
      const prediction = impulse.push(rawData);
      return prediction ? answerOf(prediction) : silence(impulse.info);
    }

    getProjectInfo() {
      return projectOf(this.#ready().info);
    }

    getProperties() {
      return propertiesOf(this.#ready().info);
    }

    setThreshold(change) {
      const problem = changeThreshold(this.#ready().info, change);
      if (problem) throw new Error(problem);
    }

    #ready() {
      if (!this.#impulse) throw new Error(NOT_INITIALIZED);
      return this.#impulse;
    }
  };

/** Error codes of the incumbent's SDK: sizes that do not meet, and processing that failed. */
const CODES = { SHAPE_MISMATCH: -1, BAD_DATA: -5, UNSUPPORTED: -10 };

const PAGE_BYTES = 65536;
const ALIGNMENT = 16;

/** Hands out memory behind that of the impulse, which never moves. */
class Heap {
  #blocks = [];
  #start;

  constructor(memory) {
    this.memory = memory;
    this.#start = memory.buffer.byteLength;
  }

  allocate(bytes) {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let at = this.#start;
    let index = 0;
    // The first gap that is large enough; blocks are in order.
    while (index < this.#blocks.length && this.#blocks[index].at - at < size) {
      at = this.#blocks[index].at + this.#blocks[index].size;
      index += 1;
    }
    const missing = at + size - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#blocks.splice(index, 0, { at, size });
    return at;
  }

  free(at) {
    const index = this.#blocks.findIndex((block) => block.at === at);
    if (index >= 0) this.#blocks.splice(index, 1);
  }
}

/** An object with getters on its prototype, as users enumerate them. */
function boundClass(sample) {
  class Bound {
    constructor(values) {
      Object.defineProperty(this, 'values', { value: values });
    }
    delete() {}
  }
  for (const key of Object.keys(sample)) {
    Object.defineProperty(Bound.prototype, key, {
      get() {
        return this.values[key];
      },
    });
  }
  return Bound;
}

const listed = (items) => ({ size: () => items.length, get: (i) => ({ ...items[i], delete() {} }), delete() {} });

/** The module object that Emscripten would make of the incumbent's sources. */
export async function moduleOf(load, options) {
  const impulse = await load(options);
  const heap = new Heap(impulse.memory);
  const Properties = boundClass(propertiesOf(impulse.info));
  const Project = boundClass(projectOf(impulse.info));
  const classify = (pointer, length, method) => {
    try {
      const prediction = impulse[method](new Float32Array(impulse.memory.buffer, pointer, length));
      const { anomaly, results } = prediction ? answerOf(prediction) : silence(impulse.info);
      return { ...listed(results), result: 0, anomaly };
    } catch (error) {
      return { ...listed([]), result: CODES[error.code] ?? -22, anomaly: 0 };
    }
  };
  let initialized;
  return {
    emcc_classification_properties_t: Properties,
    emcc_classification_project_t: Project,
    calledRun: true,
    runtimeInitialized: true,
    get HEAPU8() {
      return new Uint8Array(impulse.memory.buffer);
    },
    get HEAPF32() {
      return new Float32Array(impulse.memory.buffer);
    },
    // Whoever waits for the runtime waits in vain otherwise: it is there before the module is.
    get onRuntimeInitialized() {
      return initialized;
    },
    set onRuntimeInitialized(callback) {
      initialized = callback;
      if (callback) queueMicrotask(callback);
    },
    init: () => 0,
    run_classifier: (pointer, length) => classify(pointer, length, 'predict'),
    run_classifier_continuous: (pointer, length) => classify(pointer, length, 'push'),
    get_properties: () => new Properties(propertiesOf(impulse.info)),
    get_project: () => new Project(projectOf(impulse.info)),
    set_threshold: (change) => {
      const error = changeThreshold(impulse.info, change);
      return error ? { success: false, error } : { success: true };
    },
    _malloc: (bytes) => heap.allocate(bytes),
    _free: (pointer) => heap.free(pointer),
  };
}
