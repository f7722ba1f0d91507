using Pellucid.Generation;
using Pellucid.Words;

namespace Pellucid.Web.Explorer;

/// <summary>The model's token table as word vectors; read when it is first asked for.</summary>
internal sealed class ModelWords(LanguageModel model)
{
    private WordVectors? _vectors;

    /// <summary>To be called on the engine.</summary>
    public WordVectors Vectors
    {
        get
        {
            if (_vectors is not null)
                return _vectors;
            var table = model.Gpt.Parameters["wte.weight"];
            var values = new float[table.Count];
            model.Gpt.Backend.Read(table, values);
            return _vectors = TokenEmbedding.ToVectors(model.Tokenizer, values, model.Gpt.Config.Width);
        }
    }
}
