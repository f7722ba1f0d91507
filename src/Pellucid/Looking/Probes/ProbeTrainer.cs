using System.Numerics.Tensors;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Probes;

/// <summary>
/// Trains one probe: a mixture h = γ Σ s_l h_l of the places it is given, s = softmax(a) (Peters et al. 2018), then softmax
/// over labels of a linear map of h, or of one with a GELU layer before it. AdamW on batches in a fixed order.
/// </summary>
internal sealed class ProbeTrainer : IDisposable
{
    private const int Steps = 400, Batch = 256, ExaminedAtATime = 2048;
    private const float Rate = 5e-3f, MixRate = 5e-2f, Decay = 0.3f;
    private const uint InitialPurpose = 0x696e6974;

    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly Operations _training, _examining;

    public ProbeTrainer(Backend backend)
    {
        _backend = backend;
        (_arena, _tape) = (new Arena(backend), new Tape(backend));
        (_training, _examining) = (new Operations(backend, _arena, _tape), new Operations(backend, _arena));
    }

    /// <summary>Which examples of the examination it gets right, and the weight s of each place.</summary>
    /// <param name="task">What is to be learned.</param>
    /// <param name="states">Standardised states of its examples.</param>
    /// <param name="places">The places that are mixed.</param>
    /// <param name="hidden">Units of a layer between; 0 for a linear probe.</param>
    /// <param name="seed">Where the first weights come from.</param>
    public (bool[] Right, float[] Weights) Run(ProbeTask task, (LayerStates Training, LayerStates Examination) states,
        int[] places, int hidden, ulong seed)
    {
        var (training, classes) = (states.Training, task.Labels.Count);
        var inputs = training.Columns + 1; // one more that is always 1, for biases
        ParameterShape[] shapes = hidden == 0 ? [new("table", new Shape(classes, inputs), WeightForm.OutIn)]
            : [new("table", new Shape(classes, hidden), WeightForm.OutIn), new("hidden", new Shape(inputs, hidden), WeightForm.InOut)];
        using var parameters = new ParameterSet(_backend, shapes);
        Initialise(parameters, seed);
        parameters.PrepareTraining();
        var mixture = new Mixture(_backend, places.Length);
        var order = Enumerable.Range(0, Math.Min(Batch, training.Count)).ToArray();
        for (var step = 1; step <= Steps; step++)
        {
            _training.Reset();
            parameters.ClearGradients();
            var first = (int)((long)(step - 1) * order.Length % training.Count);
            var rows = order.Select(i => (first + i) % training.Count).ToArray();
            var x = _tape.Watch(Mixed(training, rows, places, mixture));
            var targets = _arena.Allocate(new Shape(rows.Length), ElementType.Int32);
            _backend.Write(rows.Select(row => task.Training[row].Label).ToArray(), targets);
            _training.NextTokenLoss(Hidden(_training, x, parameters, hidden), parameters["table"], targets, 1f / rows.Length);
            _tape.Backward();
            var rate = (float)(Steps - step + 1) / Steps;
            if (places.Length > 1)
                Learn(mixture, _tape.GradientOf(x), training, rows, places, MixRate * rate, step);
            parameters.Update(new AdamWStep(Rate * rate, 0.9f, 0.999f, 1e-8f, Decay, step), 1, _ => true);
        }
        return (Examine(states.Examination, task, places, hidden, parameters, mixture), mixture.Shares);
    }

    private static void Initialise(ParameterSet parameters, ulong seed)
    {
        for (var index = 0; index < parameters.Count; index++)
        {
            var values = new float[parameters[index].Count];
            var scale = (float)(1 / Math.Sqrt(index == 0 ? parameters[0].Columns : parameters[index].Rows));
            for (var i = 0; i < values.Length; i++)
                values[i] = scale * CounterRandom.Normal(seed, InitialPurpose, (ulong)index, (ulong)i);
            parameters.Write(index, values);
        }
    }

    private Tensor Mixed(LayerStates states, int[] rows, int[] places, Mixture mixture)
    {
        var columns = states.Columns + 1;
        var values = new float[rows.Length * columns];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = values.AsSpan(i * columns, states.Columns);
            for (var l = 0; l < places.Length; l++)
                TensorPrimitives.MultiplyAdd(states.Places[places[l]].AsSpan(rows[i] * states.Columns, states.Columns),
                    mixture.Gain * mixture.Shares[l], row, row);
            values[(i + 1) * columns - 1] = 1;
        }
        var x = _arena.Allocate(new Shape(rows.Length, columns));
        _backend.Write(values, x);
        return x;
    }

    private static Tensor Hidden(Operations operations, Tensor x, ParameterSet parameters, int hidden) =>
        hidden == 0 ? x : operations.Activate(operations.Linear(x, parameters["hidden"]), Nonlinearity.GeluTanh);

    // dL/d(γ s_l) is how the gradient of the mixture falls on place l.
    private void Learn(Mixture mixture, Tensor gradient, LayerStates states, int[] rows, int[] places, float rate, int step)
    {
        var (columns, flows) = (states.Columns + 1, new float[places.Length]);
        var values = new float[gradient.Count];
        _backend.Read(gradient, values);
        for (var i = 0; i < rows.Length; i++)
            for (var l = 0; l < places.Length; l++)
                flows[l] += TensorPrimitives.Dot(values.AsSpan(i * columns, states.Columns),
                    states.Places[places[l]].AsSpan(rows[i] * states.Columns, states.Columns));
        mixture.Learn(flows, rate, step);
    }

    private bool[] Examine(LayerStates states, ProbeTask task, int[] places, int hidden, ParameterSet parameters, Mixture mixture)
    {
        var (right, classes) = (new bool[states.Count], task.Labels.Count);
        for (var first = 0; first < states.Count; first += ExaminedAtATime)
        {
            _training.Reset();
            var rows = Enumerable.Range(first, Math.Min(ExaminedAtATime, states.Count - first)).ToArray();
            var logits = new float[rows.Length * classes];
            _backend.Read(_examining.Linear(Hidden(_examining, Mixed(states, rows, places, mixture), parameters, hidden),
                parameters["table"], transposed: true), logits);
            for (var i = 0; i < rows.Length; i++)
                right[first + i] = TensorPrimitives.IndexOfMax(logits.AsSpan(i * classes, classes)) == task.Examination[first + i].Label;
        }
        return right;
    }

    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
    }

    /// <summary>γ and a of a mixture, with Adam's moments.</summary>
    private sealed class Mixture
    {
        private readonly Backend _backend;
        private readonly float[] _values, _first, _second; // a of each place, then γ

        public Mixture(Backend backend, int places)
        {
            _backend = backend;
            (_values, _first, _second) = (new float[places + 1], new float[places + 1], new float[places + 1]);
            _values[places] = 1;
            Shares = Softmax();
        }

        public float Gain => _values[^1];

        public float[] Shares { get; private set; }

        public void Learn(float[] flows, float rate, int step)
        {
            var mean = TensorPrimitives.Dot<float>(flows, Shares);
            var adam = new AdamWStep(rate, 0.9f, 0.999f, 1e-8f, 0, step);
            for (var i = 0; i < _values.Length; i++)
            {
                var gradient = i < flows.Length ? Gain * Shares[i] * (flows[i] - mean) : mean;
                _first[i] = 0.9f * _first[i] + 0.1f * gradient;
                _second[i] = 0.999f * _second[i] + 0.001f * gradient * gradient;
                _values[i] -= rate * (_first[i] / adam.Correction1) / (MathF.Sqrt(_second[i] / adam.Correction2) + adam.Epsilon);
            }
            Shares = Softmax();
        }

        private float[] Softmax()
        {
            using var arena = new Arena(_backend);
            var (x, y, shares) = (arena.Allocate(new Shape(1, _values.Length - 1)), arena.Allocate(new Shape(1, _values.Length - 1)),
                new float[_values.Length - 1]);
            _backend.Write(_values.AsSpan(0, shares.Length), x);
            _backend.Softmax(x, y);
            _backend.Read(y, shares);
            return shares;
        }
    }
}
