using System.Runtime.InteropServices;
using Pellucid.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Pellucid.Benchmarks.Torch;

/// <summary>
/// libtorch's one-pass AdamW, which TorchSharp does not offer: its own optimizer is a dozen passes over every tensor. Called
/// through libtorch's stable C interface, where an operation takes its arguments from a stack of 64-bit words.
/// </summary>
internal sealed unsafe class FusedAdamW
{
    // Version 2.10 of the interface, as its headers encode it.
    private const ulong Version = 2UL << 56 | 10UL << 48;

    private readonly Group[] _groups;

    /// <summary>AdamW of these parameters; as in ours, weight decay applies to matrices alone.</summary>
    public FusedAdamW(IEnumerable<TorchSharp.Modules.Parameter> parameters) =>
        _groups = [.. parameters.GroupBy(parameter => parameter.dim() > 1).Select(group => new Group([.. group], group.Key))];

    public void Step(in AdamWStep step)
    {
        using var _ = no_grad();
        // parameters, gradients, two moments, largest second moments (none), steps; five numbers;
        // amsgrad, maximize, grad_scale and found_inf, all absent
        var stack = stackalloc ulong[15];
        foreach (var group in _groups)
        {
            foreach (var count in group.Steps)
                count.add_(1);
            new Span<ulong>(stack, 15).Clear();
            Tensor[][] lists = [group.Parameters, [.. group.Parameters.Select(parameter => parameter.grad!)], group.FirstMoments,
                group.SecondMoments, [], group.Steps];
            for (var i = 0; i < lists.Length; i++)
                stack[i] = (ulong)ListOf(lists[i]);
            double[] numbers = [step.LearningRate, step.Beta1, step.Beta2, group.Decays ? step.WeightDecay : 0, step.Epsilon];
            for (var i = 0; i < numbers.Length; i++)
                stack[lists.Length + i] = BitConverter.DoubleToUInt64Bits(numbers[i]);
            Require(torch_call_dispatcher("aten::_fused_adamw_", "", stack, Version));
        }
    }

    // The call consumes the list.
    private static nint ListOf(Tensor[] tensors)
    {
        Require(torch_new_list_reserve_size((nuint)tensors.Length, out var list));
        foreach (var tensor in tensors)
        {
            Require(aoti_torch_new_tensor_handle(tensor.Handle, out var handle));
            Require(torch_list_push_back(list, (ulong)handle));
        }
        return list;
    }

    private static void Require(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"libtorch's fused AdamW failed with error {error}");
    }

    [DllImport("torch_cpu")]
    private static extern int torch_call_dispatcher(string operation, string overload, ulong* stack, ulong version);
    [DllImport("torch_cpu")] private static extern int torch_new_list_reserve_size(nuint size, out nint list);
    [DllImport("torch_cpu")] private static extern int torch_list_push_back(nint list, ulong element);
    [DllImport("torch_cpu")] private static extern int aoti_torch_new_tensor_handle(nint tensor, out nint copy);

    private sealed class Group(Tensor[] parameters, bool decays)
    {
        public Tensor[] Parameters { get; } = parameters;
        public bool Decays { get; } = decays;
        public Tensor[] FirstMoments { get; } = [.. parameters.Select(parameter => zeros_like(parameter, requires_grad: false))];
        public Tensor[] SecondMoments { get; } = [.. parameters.Select(parameter => zeros_like(parameter, requires_grad: false))];
        public Tensor[] Steps { get; } = [.. parameters.Select(_ => zeros([], dtype: ScalarType.Float32))];
    }
}
