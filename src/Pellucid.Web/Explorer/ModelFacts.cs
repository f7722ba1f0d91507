using System.Runtime.CompilerServices;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Words;

namespace Pellucid.Web.Explorer;

/// <summary>What is true of a model whatever it reads, for all pages; computed when it is first asked for, on the engine.</summary>
internal sealed class ModelFacts(LanguageModel model, IReadOnlyList<FeatureSource> sources)
{
    /// <summary>The weights as they are looked at: with what an adapter has learned worked in.</summary>
    public Gpt Gpt => model.Adapter is null ? model.Gpt : model.PlainGpt;

    private WordVectors? _vectors;
    private Neurons? _neurons;
    private IReadOnlyList<HeadSummary>? _heads;
    private IReadOnlyList<ExploredFeatures>? _features;
    private string? _hash;

    /// <summary>What neurons write.</summary>
    public Neurons Neurons => _neurons ??= new Neurons(Gpt);

    /// <summary>What heads do with random tokens that are repeated once, layer by layer.</summary>
    public IReadOnlyList<HeadSummary> Heads => _heads ??= HeadSummary.OnRepeatedTokens(Gpt, 1);

    /// <summary>Features that were given, read from their folders; those that are not of this model say so.</summary>
    public IReadOnlyList<ExploredFeatures> Features => _features ??= [.. sources.Select(source => ExploredFeatures.Of(source, Gpt))];

    /// <summary>Those that are of this model.</summary>
    public IReadOnlyList<FeatureDictionary> Dictionaries =>
        sources.Count == 0 ? [] : [.. Features.Select(one => one.Dictionary).OfType<FeatureDictionary>()];

    /// <summary>What tells the weights from others.</summary>
    public string Hash => _hash ??= WeightHash.Of(Gpt);

    /// <summary>The token table as word vectors.</summary>
    public WordVectors Vectors
    {
        get
        {
            if (_vectors is not null)
                return _vectors;
            var table = Gpt[ParameterRole.TokenTable];
            var values = new float[table.Count];
            Gpt.Backend.Read(table, values);
            return _vectors = TokenEmbedding.ToVectors(model.Tokenizer, values, Gpt.Config.Width);
        }
    }
}

/// <summary>The facts of every model, each as long as it is loaded.</summary>
internal sealed class FactsOfModels(HostOptions options)
{
    private readonly ConditionalWeakTable<LanguageModel, ModelFacts> _facts = [];

    public ModelFacts Of(LanguageModel model) => _facts.GetValue(model, model => new ModelFacts(model, options.Features));
}
