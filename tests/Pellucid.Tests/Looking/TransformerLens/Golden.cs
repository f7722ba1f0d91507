using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.TransformerLens;

/// <summary>What TransformerLens says of a model of four layers and four heads, and that model.
/// The data's README defines each number.</summary>
internal sealed class Golden : IDisposable
{
    /// <summary>How near single precision must come to TransformerLens in double.</summary>
    public const double Tolerance = 3e-5;

    private const string Folder = "golden/transformer-lens/";

    private readonly JsonDocument _json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path(Folder + "golden.json")));
    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);

    /// <summary>Loads the model; the test that asks is skipped where the data is absent.</summary>
    public Golden() => Gpt = Checkpoint.Load(Path.GetDirectoryName(SharedData.Path(Folder + "model/config.json"))!, _backend);

    public Gpt Gpt { get; }

    public JsonElement Root => _json.RootElement;

    public JsonElement Pair => Root.GetProperty("pairs").GetProperty("p");

    public JsonElement Prompt(string name) => Root.GetProperty("prompts").GetProperty(name);

    public int[] Tokens(string prompt) => [.. Prompt(prompt).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>The prompt that is run, with its answers, and the one that activations are taken from.</summary>
    public PromptPair Texts =>
        new(new Question(Tokens("p"), Pair.GetProperty("answer").GetInt32(), Pair.GetProperty("wrong").GetInt32()), Tokens("s"));

    public static SafetensorsReader Tensors(string name) => new(SharedData.Path(Folder + name + ".safetensors"));

    /// <summary>Lists of lists, one number after another; NaN where there is none.</summary>
    public static double[] Numbers(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Numbers)],
        JsonValueKind.Object => [.. element.EnumerateObject().SelectMany(field => Numbers(field.Value))],
        JsonValueKind.Null => [double.NaN],
        _ => [element.GetDouble()],
    };

    public static void AssertNear(IEnumerable<double> expected, IEnumerable<double> actual, string what)
    {
        var (theirs, ours) = (expected.ToArray(), actual.ToArray());
        Assert.Equal(theirs.Length, ours.Length);
        for (var i = 0; i < theirs.Length; i++)
            if (!(Math.Abs(theirs[i] - ours[i]) <= Tolerance) && !(double.IsNaN(theirs[i]) && double.IsNaN(ours[i])))
                Assert.Fail($"{what}, number {i}: TransformerLens has {theirs[i]}, we {ours[i]}");
    }

    public void Dispose()
    {
        Gpt.Dispose();
        _backend.Dispose();
        _json.Dispose();
    }
}
