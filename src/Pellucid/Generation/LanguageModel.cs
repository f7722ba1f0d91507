using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Generation;

/// <summary>A loaded model, its tokens, and the scheduler through which everybody computes with it.</summary>
public sealed class LanguageModel : IAsyncDisposable
{
    /// <summary>Takes over the model: it goes with this.</summary>
    /// <param name="name">What programs call it.</param>
    /// <param name="gpt">The weights.</param>
    /// <param name="tokenizer">Tokens that fit the model.</param>
    public LanguageModel(string name, Gpt gpt, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        (Name, Gpt, Tokenizer) = (name, gpt, tokenizer);
        Scheduler = new Scheduler(gpt);
    }

    /// <summary>What programs call it.</summary>
    public string Name { get; }

    /// <summary>The weights. Whoever computes with them does it inside <see cref="Scheduler.RunAsync{T}"/>.</summary>
    public Gpt Gpt { get; }

    /// <summary>Cuts texts into tokens.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Lets one job at a time onto the engine.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Ends what runs and gives the memory back.</summary>
    public async ValueTask DisposeAsync()
    {
        await Scheduler.DisposeAsync();
        Gpt.Dispose();
    }
}
