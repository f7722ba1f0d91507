using System.Text.Json;
using Pellucid.Generation;
using Pellucid.Tensors;

namespace Pellucid.Tests.RealModels;

/// <summary>SmolLM2-135M-Instruct from its GGUF file, each way of storing it loaded when a test first asks for it; and what transformers
/// says of it.</summary>
public sealed class SmolLm2 : IDisposable
{
    private const string Folder = "real-models/smollm2-135m-instruct/";

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly Dictionary<ElementType, LanguageModel> _models = [];

    /// <summary>In plain singles, as instruments and training have it.</summary>
    public LanguageModel Plain => Of(ElementType.Float32);

    /// <summary>In the file's own blocks, as the command writes text with it.</summary>
    public LanguageModel Stored => Of(ElementType.Mixed);

    internal static JsonDocument Expected() => JsonDocument.Parse(File.ReadAllText(SharedData.Path(Folder + "expected.json")));

    internal static JsonDocument Phenomena() => JsonDocument.Parse(File.ReadAllText(SharedData.Path(Folder + "phenomena.json")));

    internal static int[] Ids(JsonElement of, string field) => [.. of.GetProperty(field).EnumerateArray().Select(id => id.GetInt32())];

    public void Dispose()
    {
        foreach (var model in _models.Values)
            model.Dispose();
        _backend.Dispose();
    }

    private LanguageModel Of(ElementType weights) => _models.TryGetValue(weights, out var loaded) ? loaded
        : _models[weights] = LanguageModel.Load(SharedData.Path(Folder + "model.gguf"), _backend, weights);
}

/// <summary>The tests of this model run one after another, with one copy of it.</summary>
[CollectionDefinition(nameof(SmolLm2))]
public sealed class SmolLm2Group : ICollectionFixture<SmolLm2>;
