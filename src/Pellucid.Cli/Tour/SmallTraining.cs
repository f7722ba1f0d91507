using Pellucid.Evaluation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Cli.Tour;

/// <summary>Small models that are trained while one watches.</summary>
internal static class SmallTraining
{
    /// <summary>A new model with the tokens of the one that is looked at.</summary>
    /// <param name="guide">Whose seed, and whose tokens.</param>
    /// <param name="layers">Blocks.</param>
    /// <param name="width">Columns.</param>
    /// <param name="context">Positions.</param>
    /// <param name="others">More than 0 for another start than the usual one of the guide's seed.</param>
    public static Gpt NewModel(Guide guide, int layers, int width, int context, ulong others = 0)
    {
        var gpt = new Gpt(new GptConfig
        {
            VocabularySize = guide.Tokenizer.VocabularySize, Context = context, Layers = layers, Heads = Math.Max(1, width / 16),
            Width = width
        }, guide.Gpt.Backend);
        gpt.Initialize(guide.Seed + others);
        return gpt;
    }

    /// <summary>How a small model is trained in so many steps.</summary>
    public static TrainingOptions Options(int steps, int batch = 16) => new()
    {
        Steps = steps, Batch = batch, LearningRate = 4e-3f, MinLearningRate = 4e-4f, Warmup = steps / 10,
        EvaluateEvery = steps, EvaluateBatches = 1,
    };

    /// <summary>Loss of a model, trained on some tokens, on others.</summary>
    public static double Loss(Guide guide, int[] tokens, int[] examination, int layers, int width, int context, int steps)
    {
        using var gpt = NewModel(guide, layers, width, context);
        using var trainer = new Trainer(gpt, new TokenStream(tokens, context), Options(steps));
        trainer.Run(_ => { });
        return Perplexity.Measure(gpt, examination, 1).Loss;
    }
}
