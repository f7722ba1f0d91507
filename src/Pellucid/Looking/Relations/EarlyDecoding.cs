using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Relations;

/// <summary>What the last position of a prompt says at one place on its way up.</summary>
/// <param name="Activation"><c>resid_pre</c> of layer 0 for the embedding, <c>resid_mid</c> before a feed-forward layer,
/// <c>resid_post</c> after it.</param>
/// <param name="Layer">0-based.</param>
/// <param name="Top">The likeliest token.</param>
/// <param name="ArgumentRank">Tokens likelier than the argument.</param>
/// <param name="AnswerRank">Tokens likelier than the answer.</param>
/// <param name="AnswerProbability">Probability of the answer.</param>
public readonly record struct DecodedStep(Activation Activation, int Layer, int Top, int ArgumentRank,
    int AnswerRank, double AnswerProbability);

/// <summary>A stage of a relational answer, in the words of Merullo et al. (2023).</summary>
public enum Stage
{
    /// <summary>A: the argument is formed; it is ahead of the answer.</summary>
    ArgumentFormation,

    /// <summary>B: the layer that puts the answer ahead, to stay there.</summary>
    FunctionApplication,

    /// <summary>C: the answer stays ahead.</summary>
    Saturation,

    /// <summary>The answer is never ahead in the end.</summary>
    None,
}

/// <summary>A prompt, decoded early.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Steps">The embedding, then each layer before and after its feed-forward layer.</param>
public sealed record DecodedPrompt(RelationPrompt Prompt, IReadOnlyList<DecodedStep> Steps)
{
    /// <summary>After the last block: what the model says.</summary>
    public DecodedStep End => Steps[^1];

    /// <summary>The layer from whose end on the answer is likelier than the argument; −1 where it is not in the end.</summary>
    public int Switch
    {
        get
        {
            var ahead = -1;
            foreach (var step in Steps.Where(step => step.Activation == Activation.ResidPost).Reverse()
                .TakeWhile(step => step.AnswerRank < step.ArgumentRank))
                ahead = step.Layer;
            return ahead;
        }
    }

    /// <summary>Whether the feed-forward layer made the switch: before it the argument was ahead.</summary>
    public bool SwitchIsFeedForward =>
        Steps.Any(step => step.Activation == Activation.ResidMid && step.Layer == Switch && step.ArgumentRank < step.AnswerRank);

    /// <summary>The first layer after which the argument is the likeliest token of all; −1 where it never is.</summary>
    public int ArgumentFormed => Steps.Where(step => step.Activation == Activation.ResidPost && step.ArgumentRank == 0)
        .Select(step => step.Layer).DefaultIfEmpty(-1).First();

    /// <summary>The stage that a layer belongs to.</summary>
    public Stage StageOf(int layer) =>
        Switch < 0 ? Stage.None : layer < Switch ? Stage.ArgumentFormation : layer == Switch ? Stage.FunctionApplication : Stage.Saturation;
}

/// <summary>Early decoding at the last position:
/// softmax(W_U · ln_f(x)) of the residual stream x before and after every feed-forward layer.</summary>
public static class EarlyDecoding
{
    /// <summary>Reads argument and answer of each prompt at every place.</summary>
    public static IReadOnlyList<DecodedPrompt> Read(Gpt gpt, IReadOnlyList<RelationPrompt> prompts)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompts);
        using var cache = ActivationCache.Record(gpt, new Prompts(prompts.Select(prompt => prompt.Tokens)), IsRead);
        using var pass = new ForwardPass(gpt);
        var places = ActivationCache.Places(gpt.Config).Where(place => IsRead(place.Activation, place.Layer)).ToArray();
        return [.. prompts.Select((prompt, i) => new DecodedPrompt(prompt, Decode(gpt, cache, pass, places, prompt, i)))];
    }

    /// <summary>The layer whose feed-forward part brings the answer nearest: the greatest mean gain of its reciprocal rank.</summary>
    /// <exception cref="ArgumentException">The model has no feed-forward layers.</exception>
    public static int FunctionLayer(IReadOnlyList<DecodedPrompt> decoded)
    {
        ArgumentNullException.ThrowIfNull(decoded);
        double Gain(DecodedPrompt prompt, int mid) =>
            1 / (1.0 + prompt.Steps[mid + 1].AnswerRank) - 1 / (1.0 + prompt.Steps[mid].AnswerRank);
        var middles = Enumerable.Range(0, decoded[0].Steps.Count)
            .Where(i => decoded[0].Steps[i].Activation == Activation.ResidMid).ToArray();
        if (middles.Length == 0)
            throw new ArgumentException("this model has no feed-forward layers, and so none that brings the answer nearer");
        return decoded[0].Steps[middles.MaxBy(mid => decoded.Average(prompt => Gain(prompt, mid)))].Layer;
    }

    private static bool IsRead(Activation activation, int layer) =>
        activation is Activation.ResidMid or Activation.ResidPost || (activation == Activation.ResidPre && layer == 0);

    private static DecodedStep[] Decode(Gpt gpt, ActivationCache cache, ForwardPass pass, (Activation Activation, int Layer)[] places,
        RelationPrompt prompt, int index)
    {
        var row = cache.Prompts.RowOf(index, prompt.Tokens.Length - 1);
        var residual = pass.NewRun().Operations.Arena.Allocate(new Shape(places.Length, gpt.Config.Width), gpt.Parameters.Type);
        for (var i = 0; i < places.Length; i++)
            gpt.Backend.Copy(cache[places[i].Activation, places[i].Layer].RowRange(row, 1), residual.RowRange(i, 1));
        return [.. pass.Logits(residual)
            .Chunk(gpt.Config.VocabularySize)
            .Select(logits => new Distribution(logits))
            .Zip(places, (said, place) =>
                new DecodedStep(place.Activation, place.Layer, said.Top(1)[0], said.Rank(prompt.Argument), said.Rank(prompt.Answer),
                    said.Probability(prompt.Answer)))];
    }
}
