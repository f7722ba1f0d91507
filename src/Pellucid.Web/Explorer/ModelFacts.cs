using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Words;

namespace Pellucid.Web.Explorer;

/// <summary>What is true of the model whatever it reads, for all pages; computed when it is first asked for, on the engine.</summary>
internal sealed class ModelFacts(LanguageModel model)
{
    private WordVectors? _vectors;
    private Neurons? _neurons;
    private IReadOnlyList<HeadSummary>? _heads;
    private string? _hash;

    /// <summary>What neurons write.</summary>
    public Neurons Neurons => _neurons ??= new Neurons(model.Gpt);

    /// <summary>What heads do with random tokens that are repeated once, layer by layer.</summary>
    public IReadOnlyList<HeadSummary> Heads => _heads ??= HeadSummary.OnRepeatedTokens(model.Gpt, 1);

    /// <summary>What tells the weights from others.</summary>
    public string Hash => _hash ??= WeightHash.Of(model.Gpt);

    /// <summary>The token table as word vectors.</summary>
    public WordVectors Vectors
    {
        get
        {
            if (_vectors is not null)
                return _vectors;
            var table = model.Gpt[ParameterRole.TokenTable];
            var values = new float[table.Count];
            model.Gpt.Backend.Read(table, values);
            return _vectors = TokenEmbedding.ToVectors(model.Tokenizer, values, model.Gpt.Config.Width);
        }
    }
}
