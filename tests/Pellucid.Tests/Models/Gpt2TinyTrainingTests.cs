using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>A random GPT-2 of three layers:
/// logits, gradients, losses and weights as an independent C implementation computed them.</summary>
public sealed class Gpt2TinyTrainingTests
{
    private const double Bound = 1e-5;

    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void Logits_match(string name)
    {
        using var setting = new Setting(name);
        var final = setting.Gpt.Forward(setting.Rows, setting.Run);
        var logits = setting.ToArray(setting.Gpt.Logits(final, setting.Run));
        using var expected = setting.Open("logits-step0.safetensors");
        Near.AssertRelative(expected.ReadFloat32(expected.Names.Single()), logits, Bound, "logits");
    }

    [Theory, MemberData(nameof(Backends))]
    public void Every_gradient_matches(string name)
    {
        using var setting = new Setting(name);
        setting.Step();
        using var expected = setting.Open("gradients-step0.safetensors");
        foreach (var parameter in setting.Gpt.Parameters.Names)
        {
            var gradient = setting.ToArray(setting.Gpt.Parameters.Gradient(setting.Gpt.Parameters[parameter]));
            var values = expected.ReadFloat32(expected.Contains(parameter) ? parameter : "transformer." + parameter);
            if (parameter.EndsWith("c_attn.bias", StringComparison.Ordinal))
                AssertKeyThirdVanishes(values, gradient);
            Near.AssertRelative(values, gradient, Bound, parameter);
        }
    }

    [Theory, MemberData(nameof(Backends))]
    public void Ten_steps_of_AdamW_match(string name)
    {
        using var setting = new Setting(name);
        var losses = setting.Training.RootElement.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble()).ToArray();
        for (var step = 1; step <= losses.Length; step++)
        {
            Assert.Equal(losses[step - 1], setting.Step(), 1e-5 * losses[step - 1]);
            setting.Gpt.Parameters.Update(new AdamWStep(1e-3f, 0.9f, 0.999f, 1e-8f, 0, step), 1, static _ => false);
        }
        using var expected = setting.Open("model-after-10-steps.safetensors");
        foreach (var parameter in setting.Gpt.Parameters.Names)
        {
            var values = setting.ToArray(setting.Gpt.Parameters[parameter]);
            var known = expected.ReadFloat32(expected.Contains(parameter) ? parameter : "transformer." + parameter);
            if (parameter.EndsWith("c_attn.bias", StringComparison.Ordinal))
                (values, known) = (WithoutKeys(values), WithoutKeys(known));
            Near.AssertRelative(known, values, Bound, parameter);
        }
    }

    // Softmax ignores a shift of all scores of a row, which is all that a key bias does: its true gradient is zero.
    private static void AssertKeyThirdVanishes(float[] expected, float[] gradient)
    {
        var third = gradient.Length / 3;
        Assert.All(gradient[third..(2 * third)], value => Assert.InRange(MathF.Abs(value), 0, 1e-7f));
        Array.Clear(gradient, third, third);
        Array.Clear(expected, third, third);
    }

    private static float[] WithoutKeys(float[] values) => [.. values[..(values.Length / 3)], .. values[(2 * values.Length / 3)..]];

    private sealed class Setting : IDisposable
    {
        private readonly string _folder = Path.GetDirectoryName(SharedData.Path("gpt2-tiny-training/model.safetensors"))!;
        private readonly Backend _backend;
        private readonly Arena _arena;
        private readonly Tape _tape;
        private readonly int[] _targets;

        public Setting(string name)
        {
            _backend = TestBackends.Create(name);
            _arena = new Arena(_backend);
            _tape = new Tape(_backend);
            Run = new GptRun(new Operations(_backend, _arena, _tape));
            Gpt = Checkpoint.Load(_folder, _backend);
            Training = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "training.json")));
            Rows = new TokenRows(_backend);
            foreach (var row in Batch("inputs"))
                Rows.Add(row, sequence: 0);
            _targets = [.. Batch("targets").SelectMany(row => row)];
        }

        public Gpt Gpt { get; }
        public GptRun Run { get; }
        public TokenRows Rows { get; }
        public JsonDocument Training { get; }

        public double Step()
        {
            Run.Operations.Reset();
            Gpt.Parameters.ClearGradients();
            var targets = _arena.Allocate(new Shape(_targets.Length), ElementType.Int32);
            _backend.Write(_targets, targets);
            var final = Gpt.Forward(Rows, Run);
            var logProbabilities = Gpt.Loss(final, targets, 1f / _targets.Length, Run);
            _tape.Backward();
            return -ToArray(logProbabilities).Average(value => (double)value);
        }

        public SafetensorsReader Open(string file) => new(Path.Combine(_folder, file));

        public float[] ToArray(Tensor tensor)
        {
            var values = new float[tensor.Count];
            _backend.Read(tensor, values);
            return values;
        }

        public void Dispose()
        {
            Gpt.Dispose();
            Rows.Dispose();
            Training.Dispose();
            _tape.Dispose();
            _arena.Dispose();
            _backend.Dispose();
        }

        private IEnumerable<int[]> Batch(string key) =>
            Training.RootElement.GetProperty(key).EnumerateArray()
                .Select(row => row.EnumerateArray().Select(token => token.GetInt32()).ToArray());
    }
}
