using Pellucid.Models;
using Pellucid.Tensors;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Pellucid.Looking;

/// <summary>Gradients of prompts' logit differences with respect to activations, in host memory.</summary>
internal sealed class Slopes
{
    private readonly Dictionary<(Activation, int), (float[] Values, int Columns)> _gradients = [];

    private Slopes(Prompts prompts) => Prompts = prompts;

    public Prompts Prompts { get; }

    /// <summary>One forward and one backward, without gradients of parameters.
    /// Prompts do not touch one another, so the sum of their logit differences serves them all.</summary>
    public static Slopes Record(Gpt gpt, IReadOnlyList<Question> questions, Func<Activation, int, bool> wanted)
    {
        Weights.RequireLinearLogits(gpt.Config, "the slope of its logit difference");
        var slopes = new Slopes(new Prompts(questions.Select(question => question.Tokens)));
        slopes.Prompts.RequireFit(gpt.Config);
        var places = ActivationCache.Places(gpt.Config).Where(place => wanted(place.Activation, place.Layer)).ToList();
        var (taps, weights) = (new Taps(), new Weights(gpt));
        foreach (var (activation, layer) in places)
            taps.Read(activation, layer);
        using var tape = new Tape(gpt.Backend, ofParameters: false);
        using var pass = new ForwardPass(gpt, tape);
        slopes.Prompts.AddTo(pass.Rows);
        var run = pass.NewRun(taps);
        var final = gpt.Forward(pass.Rows, run);
        tape.Seed(final, Direction(gpt, weights, slopes.Prompts, questions, run));
        tape.Backward();
        foreach (var (activation, layer) in places)
            slopes._gradients[(activation, layer)] = Taken(gpt.Backend, tape, taps[activation, layer]);
        return slopes;
    }

    /// <summary>Gradient of a row of an activation; rows of scores and patterns are counted over all heads.</summary>
    public ReadOnlySpan<float> Row(Activation activation, int layer, int row)
    {
        var (values, columns) = _gradients[(activation, layer)];
        return values.AsSpan(row * columns, columns);
    }

    // ∂(right − wrong)/∂(final row) is a difference of two rows of the output table, at the ends alone.
    private static Tensor Direction(Gpt gpt, Weights weights, Prompts prompts, IReadOnlyList<Question> questions, GptRun run)
    {
        var (C, direction) = (gpt.Config.Width, new float[prompts.Rows * gpt.Config.Width]);
        for (var prompt = 0; prompt < questions.Count; prompt++)
            Subtract(weights.Unembedding(questions[prompt].Right), weights.Unembedding(questions[prompt].Wrong),
                direction.AsSpan(prompts.RowOf(prompt, prompts[prompt].Length - 1) * C, C));
        Multiply(direction, gpt.Config.LogitScale, direction);
        var tensor = run.Operations.Arena.Allocate(new Shape(prompts.Rows, C), gpt.Parameters.Type);
        gpt.Backend.Write(direction, tensor);
        return tensor;
    }

    private static (float[] Values, int Columns) Taken(Backend backend, Tape tape, TapReading reading)
    {
        var gradient = tape.GradientOf(reading.Tensor);
        return (gradient.IsEmpty ? new float[(long)reading.Tensor.Rows * reading.Columns]
            : new TapReading(gradient, reading.FirstColumn, reading.Columns).ToArray(backend), reading.Columns);
    }
}
